package letter

import (
	"bytes"
	"testing"

	"forthwith/internal/notice"
)

func TestAPreviewIsAMailFileThatNamesNobody(t *testing.T) {
	raw, err := Preview(notice.Message{Subject: "A notice", Text: "Dear reader,\n", HTML: "<p>Dear reader,</p>"}, notice.Skeleton{Subject: "A notice"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"To: <reader@preview.example>\r\n", "Subject: A notice\r\n", "Dear reader,"} {
		if !bytes.Contains(raw, []byte(want)) {
			t.Errorf("no %q in\n%s", want, raw)
		}
	}
}
