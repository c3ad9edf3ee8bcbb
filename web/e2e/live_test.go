package e2e

import "testing"

// A live view that nobody looks at holds no stream open, and has one again when
// somebody does.
func TestALiveViewThatIsHiddenOpensItsStreamAgain(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Cem")
	w.visit("/campaigns/cmp_1")
	opened := eval[int](w, `(() => {
		let streams = 0;
		window.EventSource = class extends EventTarget { constructor() { super(); streams++; } close() {} };
		const live = document.createElement("div");
		live.setAttribute("hx-ext", "sse");
		live.dataset.live = "/streams/of-this-test";
		document.body.append(live);
		let hidden = true;
		Object.defineProperty(document, "hidden", { get: () => hidden });
		document.dispatchEvent(new Event("visibilitychange"));
		hidden = false;
		document.dispatchEvent(new Event("visibilitychange"));
		return streams;
	})()`)
	if opened != 1 {
		t.Errorf("%d streams are open for a view that is seen again", opened)
	}
}
