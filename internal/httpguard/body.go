package httpguard

import (
	"errors"
	"io"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
)

// readKey marks a request whose body was read to its end.
type readKey struct{}

// Body reads a whole body of at most limit bytes. More is TooLarge, and is not
// read further than that is known. A coded (compressed) body is Unsupported.
func Body(c *fiber.Ctx, limit int64) ([]byte, error) {
	stream, err := Stream(c, limit)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(stream)
	if err == nil {
		c.Locals(readKey{}, true)
		return body, nil
	}
	if _, told := fault.As(err); told {
		return nil, err
	}
	return nil, fault.New(fault.Malformed, "body_broken_off", nil).Because(err)
}

// Stream gives the body as it comes in. Reading past limit fails with TooLarge.
func Stream(c *fiber.Ctx, limit int64) (io.Reader, error) {
	if code := c.Get(fiber.HeaderContentEncoding); code != "" && !strings.EqualFold(code, "identity") {
		return nil, fault.New(fault.Unsupported, "body_coded", nil)
	}
	if int64(c.Request().Header.ContentLength()) > limit {
		return nil, tooLarge(limit)
	}
	source := c.Context().RequestBodyStream()
	if source == nil {
		source = strings.NewReader(string(c.Request().Body()))
	}
	return &limited{from: source, left: limit, limit: limit}, nil
}

// Close ends the connection with this answer where the body was not read to
// its end: what is left of it must never be taken for a next request.
func Close(c *fiber.Ctx) {
	if read, _ := c.Locals(readKey{}).(bool); !read && (c.Request().IsBodyStream() || c.Request().Header.ContentLength() != 0) {
		drain(c)
		c.Context().SetConnectionClose()
	}
}

// mostDrained bounds what is read of a body that was refused.
const mostDrained = 8 << 20

// drain reads what is left of a body that is no file: whoever is cut off while
// they send never sees why. A file is cut off, which is told by its size before.
func drain(c *fiber.Ctx) {
	n := c.Request().Header.ContentLength()
	if source := c.Context().RequestBodyStream(); source != nil && 0 < n && n <= mostDrained && !isFile(c.Get(fiber.HeaderContentType)) {
		_, _ = io.CopyN(io.Discard, source, mostDrained) // what fails here ends with the connection
	}
}

// isFile tells whether a body may be a file, which takes its time.
func isFile(contentType string) bool {
	return strings.HasPrefix(strings.ToLower(contentType), fiber.MIMEMultipartForm)
}

type limited struct {
	from        io.Reader
	left, limit int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.from.Read(p)
	if int64(n) > l.left {
		return 0, tooLarge(l.limit)
	}
	l.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fault.New(fault.Malformed, "body_broken_off", nil).Because(err)
	}
	return n, err
}

func tooLarge(limit int64) error {
	if limit < 1<<20 {
		return fault.New(fault.TooLarge, "body_too_large_kib", fault.Values{"limit": limit >> 10})
	}
	return fault.New(fault.TooLarge, "body_too_large", fault.Values{"limit": limit >> 20})
}
