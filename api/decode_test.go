package api

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzDecode holds the strict decoder against the library's: whatever ours
// takes, the library takes with the same meaning.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, `{"name":"a","count":3}`, `{"parts":[{"size":1.5},{"size":null}],"notes":{"a":"b"}}`, `{"Name":"a"}`, `{"count":1e2}`, `[]`, `{"name":"\ud800"}`, `{"count":1,"count":2}`, ` {"notes":null} `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var ours, theirs thing
		if decodeJSON(body, &ours) != nil {
			return
		}
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&theirs); err != nil {
			t.Fatalf("we take %q, the library says %v", body, err)
		}
		if !reflect.DeepEqual(ours, theirs) {
			t.Fatalf("%q means %+v to us and %+v to the library", body, ours, theirs)
		}
	})
}
