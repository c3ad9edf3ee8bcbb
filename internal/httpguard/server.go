package httpguard

import (
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// JSONLimit bounds a body that is no file.
const JSONLimit = 1 << 20

const (
	headerTime = 30 * time.Second
	uploadTime = time.Hour
	idleTime   = 2 * time.Minute
)

// NewApp makes a server that passes every error to onError. It knows each
// route by its exact path: case and a trailing slash count.
func NewApp(onError fiber.ErrorHandler) *fiber.App {
	app := fiber.New(fiber.Config{
		ErrorHandler:                 onError,
		Immutable:                    true, // strings outlive the request: without it their bytes are reused
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		BodyLimit:                    JSONLimit,
		ReadTimeout:                  headerTime,
		IdleTimeout:                  idleTime,
		CaseSensitive:                true,
		StrictRouting:                true,
		DisableStartupMessage:        true,
		EnableTrustedProxyCheck:      true,
	})
	// A file may take longer than a request of words.
	app.Server().HeaderReceived = func(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
		if isFile(string(h.ContentType())) {
			return fasthttp.RequestConfig{ReadTimeout: uploadTime}
		}
		return fasthttp.RequestConfig{}
	}
	app.Use(Identify, Harden, Recover)
	return app
}
