package httpguard

import (
	"bufio"
	"io"
	"log/slog"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/logkey"
)

// SendFile answers with a file that is written while it is made. A failure in
// the middle ends the connection before the file is complete, so that nobody
// takes a part for the whole.
func SendFile(c *fiber.Ctx, contentType, name string, write func(io.Writer) error) error {
	c.Set(fiber.HeaderContentType, contentType)
	c.Attachment(name)
	request := RequestID(c)
	c.Set(fiber.HeaderContentType, contentType)
	read, feed := io.Pipe()
	go func() {
		out := bufio.NewWriterSize(feed, 64<<10)
		err := write(out)
		if err == nil {
			err = out.Flush()
		}
		if err != nil {
			slog.Error("file was cut short", logkey.Request, request, logkey.Error, err)
		}
		feed.CloseWithError(err)
	}()
	return c.SendStream(read)
}

// SendPDF answers with pages that are whole already.
func SendPDF(c *fiber.Ctx, name string, pages []byte) error {
	c.Attachment(name + ".pdf")
	c.Set(fiber.HeaderContentType, "application/pdf")
	return c.Send(pages)
}
