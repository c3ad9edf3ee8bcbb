package web

import (
	"reflect"
	"testing"

	"forthwith/internal/campaign"
)

func TestAPaceIsReadAsPeopleTypeIt(t *testing.T) {
	for text, want := range map[string][]campaign.RampStep{
		"":                  nil,
		"rest":              nil,
		"10, 1 %, rest":     {{Count: 10, HoldSeconds: 1800}, {Percent: 1, HoldSeconds: 1800}},
		" 1 000 ,2.5%":      {{Count: 1000, HoldSeconds: 1800}, {Percent: 2.5, HoldSeconds: 1800}},
		"10, 1 %, the rest": {{Count: 10, HoldSeconds: 1800}, {Percent: 1, HoldSeconds: 1800}},
	} {
		if got, ok := readRamp(text, "30"); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is read as %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"ten", "1 %%", "10; 20"} {
		if _, ok := readRamp(text, "30"); ok {
			t.Errorf("%q is read", text)
		}
	}
	if _, ok := readRamp("10", "soon"); ok {
		t.Error("a wait of soon is read")
	}
	rates, underWay, ok := readDomains("example.com 5\r\n\r\n default   0.5 4\nexample.org - 2")
	if !ok || !reflect.DeepEqual(rates, campaign.PerDomain{"example.com": 5, "default": 0.5}) || !reflect.DeepEqual(underWay, campaign.PerDomain{"default": 4, "example.org": 2}) {
		t.Errorf("%v, %v, %v", rates, underWay, ok)
	}
	for _, text := range []string{"example.com", "example.com five", "example.com -", "example.com 5 -", "example.com 5 6 7"} {
		if _, _, ok := readDomains(text); ok {
			t.Errorf("%q is read", text)
		}
	}
}

// What is shown in the form is read back as it was.
func TestAPaceComesBackAsItWas(t *testing.T) {
	stop := 7.5
	s := campaign.Settings{MaxPerDomain: campaign.PerDomain{"example.com": 5, "default": 0.5}, MaxConcurrency: campaign.PerDomain{"default": 3, "example.org": 2}, StopAbove: &stop,
		Ramp: []campaign.RampStep{{Count: 10, HoldSeconds: 90}, {Percent: 1.5, HoldSeconds: 90}}}
	f := paceFormOf(s)
	ramp, ok := readRamp(f.Ramp, f.Hold)
	domains, underWay, ok2 := readDomains(f.Domains)
	if !ok || !ok2 || !reflect.DeepEqual(ramp, s.Ramp) || !reflect.DeepEqual(domains, s.MaxPerDomain) || !reflect.DeepEqual(underWay, s.MaxConcurrency) || f.Stop != "7.5" || !f.Open {
		t.Errorf("%+v is read as %v and %v", f, ramp, domains)
	}
}
