package web

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// worthSqueezing is the size from which a page gets smaller on the wire.
const worthSqueezing = 1024

// squeeze compresses a page for a browser that can read it (RFC 9110 8.4.1.3).
// The token of its forms differs in each answer, so that the length of one says
// nothing about it.
func squeeze(c *fiber.Ctx) {
	res := c.Response()
	if res.IsBodyStream() || !bytes.HasPrefix(res.Header.ContentType(), []byte(fiber.MIMETextHTML)) {
		return
	}
	c.Vary(fiber.HeaderAcceptEncoding)
	if len(res.Body()) < worthSqueezing || !c.Request().Header.HasAcceptEncoding("gzip") {
		return
	}
	res.SetBodyRaw(fasthttp.AppendGzipBytesLevel(nil, res.Body(), fasthttp.CompressBestSpeed))
	res.Header.SetContentEncoding("gzip")
}
