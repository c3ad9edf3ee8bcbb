package id

import (
	"testing"

	"pgregory.net/rapid"
)

func TestAPlaceIsItsPairInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pair := func(name string) Delivery {
			return Delivery{Parent: rapid.Int64Range(1, 1<<26).Draw(t, name), No: rapid.Int64Range(1, 1<<placeBits-1).Draw(t, name+" no")}
		}
		a, b := pair("a"), pair("b")
		if DeliveryAt(a.Place()) != a {
			t.Fatalf("%v came back as %v", a, DeliveryAt(a.Place()))
		}
		before := a.Parent < b.Parent || a.Parent == b.Parent && a.No < b.No
		if before != (a.Place() < b.Place()) {
			t.Fatalf("%v and %v change their order", a, b)
		}
	})
	if DeliveryAt(0) != (Delivery{}) {
		t.Error("zero is not before all")
	}
}
