// Package api is the JSON edge: routes under /api/v1, problem+json for what
// fails, and the OpenAPI document that describes both.
//
// One file a noun. A handler parses, calls one service method and answers; it
// decides nothing and logs nothing. Whatever fails is returned as an error and
// becomes an answer in one place (problem.go).
package api
