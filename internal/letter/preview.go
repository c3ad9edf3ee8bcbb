package letter

import (
	"net/mail"
	"time"

	"forthwith/internal/mailaddr"
	"forthwith/internal/notice"
)

// Stand-ins of a preview: a text is looked at before there is a sender, and a
// file that may leave the machine names nobody.
const (
	previewFrom = "sender@preview.example"
	previewTo   = "reader@preview.example"
)

// Preview gives a rendered notice as a mail file (RFC 5322), for a mail program
// to open. Sender, reader, date and Message-ID are stand-ins; the parts are
// encoded as they will be sent.
func Preview(m notice.Message, s notice.Skeleton) ([]byte, error) {
	to, err := mailaddr.Parse(previewTo)
	if err != nil {
		return nil, err
	}
	c := &Composer{from: &mail.Address{Address: previewFrom}, boundary: boundary(s)}
	return c.build(Person{Address: to, MessageID: "preview@preview.example", Date: time.Unix(0, 0).UTC()}, m)
}
