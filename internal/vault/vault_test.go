package vault

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func master(t *testing.T) *Master {
	t.Helper()
	m, err := ParseMaster(GenerateMaster())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func incidentKeys(t *testing.T, m *Master, no int64) *Incident {
	t.Helper()
	w, err := GenerateIncident(m, no)
	if err != nil {
		t.Fatal(err)
	}
	in, err := OpenIncident(m, no, w)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func installationKeys(t *testing.T, m *Master) *Installation {
	t.Helper()
	w, err := GenerateInstallation(m)
	if err != nil {
		t.Fatal(err)
	}
	in, err := OpenInstallation(m, w)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestAMasterKeyIsRecognisedAndNeverRepeated(t *testing.T) {
	m := master(t)
	if err := m.Matches(m.CheckValue()); err != nil {
		t.Error(err)
	}
	if err := master(t).Matches(m.CheckValue()); err == nil {
		t.Error("another master key passes for the first one")
	}
	for _, bad := range []string{"", "secret", masterPrefix + "short", "forthwith-master-2:" + strings.Repeat("A", 43)} {
		if _, err := ParseMaster(bad); err != ErrMasterForm {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestWrappedKeysOpenOnlyWhereTheyBelong(t *testing.T) {
	m := master(t)
	w, err := GenerateIncident(m, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenIncident(m, 2, w); err == nil {
		t.Error("keys of incident 1 open as those of incident 2")
	}
	if _, err := OpenIncident(m, 1, WrappedIncident{Data: w.Proof, Proof: w.Data}); err == nil {
		t.Error("data and proof key change places")
	}
	if _, err := OpenIncident(master(t), 1, w); err == nil {
		t.Error("another master key opens them")
	}
}

func TestASealedValueOpensInItsOwnRowOnly(t *testing.T) {
	in := incidentKeys(t, master(t), 7)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		list, row := rapid.Int64Range(1, 9).Draw(t, "list"), rapid.Int64Range(1, 9).Draw(t, "row")
		sealed, err := in.SealRow("list_row.cells", list, row, plain)
		if err != nil {
			t.Fatal(err)
		}
		got, err := in.OpenRow("list_row.cells", list, row, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%v, %v", got, err)
		}
		if _, err := in.OpenRow("list_row.cells", list, row+1, sealed); err == nil {
			t.Fatal("opens in the next row")
		}
		if _, err := in.OpenRow("list_reject.cells", list, row, sealed); err == nil {
			t.Fatal("opens in another column")
		}
	})
}

func TestIndexesDifferByKeyAndUse(t *testing.T) {
	m := master(t)
	a, b := incidentKeys(t, m, 1), incidentKeys(t, m, 2)
	const key = "ada@example.com"
	first := a.AddressIndex(key)
	if again := a.AddressIndex(key); again != first {
		t.Error("an index is not stable")
	}
	if a.AddressIndex(key) == b.AddressIndex(key) || a.AddressIndex(key) == a.SimilarIndex(key) {
		t.Error("indexes of two incidents or two uses can be joined")
	}
	if a.PersonDigest(key) == b.PersonDigest(key) {
		t.Error("digests of two incidents can be joined")
	}
}

func TestReturnPathsAreOnlyOurs(t *testing.T) {
	in := installationKeys(t, master(t))
	rapid.Check(t, func(t *rapid.T) {
		c, s := rapid.Int64Range(1, 1<<40).Draw(t, "campaign"), rapid.Int64Range(1, 1<<40).Draw(t, "seq")
		path := in.ReturnPath(c, s)
		if gotC, gotS, ok := in.ParseReturnPath(path); !ok || gotC != c || gotS != s {
			t.Fatalf("%s reads as %d, %d, %v", path, gotC, gotS, ok)
		}
		if len(path) > 64 || path != strings.ToLower(path) {
			t.Fatalf("%s is no safe local part", path)
		}
		i := rapid.IntRange(0, len(path)-1).Draw(t, "at")
		forged := []byte(path)
		forged[i] ^= 1
		if _, _, ok := in.ParseReturnPath(string(forged)); ok {
			t.Fatalf("%s is accepted", forged)
		}
	})
}
