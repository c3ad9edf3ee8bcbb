package spreadsheet

import "testing"

func TestNumbersAreGivenAsTheyAreShown(t *testing.T) {
	for _, c := range []struct{ format, stored, want string }{
		// As they are stored, without powers of ten and noise behind the 15th digit.
		{"", "123", "123"}, {"General", "0.1", "0.1"}, {"General", "0.30000000000000004", "0.3"}, {"", "1E5", "100000"}, {"", "1.5e-3", "0.0015"},
		{"", "12345678901234567890", "12345678901234567890"}, {"", "-0", "0"}, {"", "-5", "-5"}, {"", "no number", "no number"}, {"", "", ""}, {"", "NaN", "NaN"}, {"", "0x1F", "0x1F"},
		{"@", "42", "42"}, {`General" kg"`, "5", "5"}, {";;;", "7", "7"}, {"[Red]General", "7", "7"},
		// Codes: digits at their places.
		{"00000", "123", "00123"}, {"00000", "123456", "123456"}, {"000-00-0000", "123456789", "123-45-6789"}, {"000-00-0000", "6789", "000-00-6789"},
		{`"C-"0000`, "7", "C-0007"}, {`00000\-0000`, "21391234", "02139-1234"}, {"###-####", "5551234", "555-1234"}, {"0-0", "12", "1-2"}, {"00", "0", "00"},
		{`[<=9999999]###\-####;\(###\)\ ###\-####`, "5551234", "555-1234"}, {`[<=9999999]###\-####;\(###\)\ ###\-####`, "6175551234", "(617) 555-1234"},
		{"000;(000)", "-7", "(007)"}, {"000", "-7", "-007"}, {"000", "1.5", "1.5"}, {"0000_)", "5", "0005"}, {"00 00", "1234", "12 34"},
		// Quantities: never rounded, with the digits that are always shown.
		{"0.00", "12.5", "12.50"}, {"0.00", "12.3456", "12.3456"}, {"0.00", "3", "3.00"}, {"#,##0.00", "1234.5", "1234.50"}, {"#,##0", "1234567", "1234567"},
		{`"$"#,##0.00`, "5", "5.00"}, {`[$€-407]\ 0.00`, "5", "5.00"}, {`0.00\ "€"`, "5", "5.00"}, {"0%", "0.25", "0.25"}, {"0.00E+00", "12345", "12345"}, {"# ?/?", "0.5", "0.5"},
		{"000.0", "5", "005.0"}, {`0" kg"`, "5", "5"}, {"0.00;-0.00", "-1.5", "-1.50"}, {"#", "5", "5"},
		// Dates, times and durations.
		{"yyyy-mm-dd", "44927", "2023-01-01"}, {"m/d/yy", "44927", "2023-01-01"}, {"dd.mm.yyyy", "44927.75", "2023-01-01"}, {`[$-407]d/ mmmm yyyy;@`, "44927", "2023-01-01"},
		{"yyyy-mm-dd hh:mm", "44927.5", "2023-01-01 12:00:00"}, {"yyyy-mm-dd hh:mm", "44927", "2023-01-01"}, {"yyyy-mm-dd hh:mm:ss", "44927.999999", "2023-01-02"},
		{"h:mm", "0.5", "12:00:00"}, {"h:mm AM/PM", "44927.25", "06:00:00"}, {"mm:ss", "0.001", "00:01:26"}, {"[h]:mm", "1.5", "36:00:00"}, {"[mm]:ss", "0.5", "12:00:00"}, {"mmm yyyy", "44927", "2023-01-01"},
		{"ss.000", "0.001", "00:01:26"}, {"yyyy", "1", "1900-01-01"}, {"yyyy", "59", "1900-02-28"}, {"yyyy", "60", "1900-02-29"}, {"yyyy", "61", "1900-03-01"}, {"yyyy", "2958465", "9999-12-31"},
		{"yyyy", "2958466", "2958466"}, {"yyyy", "-1", "-1"}, {"yyyy", "0", "0"}, {`"day" 0`, "5", "5"}, {`0 "h"`, "5", "5"},
	} {
		if got := parseFormat(c.format).shown(c.stored, false); got != c.want {
			t.Errorf("%s as %q: %q, want %q", c.stored, c.format, got, c.want)
		}
	}
}

func TestDaysAreCountedFrom1904WhereAWorkbookSaysSo(t *testing.T) {
	for stored, want := range map[string]string{"0": "1904-01-01", "1": "1904-01-02", "43465": "2023-01-01", "2957004": "2957004"} {
		if got := parseFormat("yyyy-mm-dd").shown(stored, true); got != want {
			t.Errorf("day %s is %s, want %s", stored, got, want)
		}
	}
	if got := parseFormat("h:mm").shown("0.5", true); got != "12:00:00" {
		t.Errorf("noon is %s", got)
	}
}

func TestStoredDatesOfTheStrictForm(t *testing.T) {
	for stored, want := range map[string]string{"2023-01-01": "2023-01-01", "2023-01-01T00:00:00": "2023-01-01", "2023-01-01T12:30:00": "2023-01-01 12:30:00", "2023-01-01T12:30:00.000": "2023-01-01 12:30:00", "soon": "soon"} {
		if got := isoMoment(stored); got != want {
			t.Errorf("%s is %s, want %s", stored, got, want)
		}
	}
}

func FuzzFormats(f *testing.F) {
	for _, s := range []string{"00000", `[<=9]0;"x"0;@`, `[h]:mm`, `\`, `"`, "[", "_", "*", "0.0,%", "general", "AM/P", "E+"} {
		f.Add(s, "123.5")
	}
	f.Fuzz(func(t *testing.T, format, stored string) {
		if got := parseFormat(format).shown(stored, len(stored)%2 == 0); len(got) > len(stored)+2*len(format)+400 {
			t.Errorf("%d characters", len(got))
		}
	})
}
