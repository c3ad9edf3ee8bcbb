package spelling

import "testing"

func TestNearestIsCloseOrNothing(t *testing.T) {
	names := []string{"ssn", "drivers_license_or_state_id", "login_credentials"}
	for word, want := range map[string]string{
		"ssn":                         "ssn",
		"snn":                         "ssn",
		"login_credential":            "login_credentials",
		"drivers_licence_or_state_id": "drivers_license_or_state_id",
		"encrypted":                   "",
		"":                            "",
	} {
		if got := Nearest(word, names); got != want {
			t.Errorf("%q is taken for %q, not %q", word, got, want)
		}
	}
}
