//go:build !linux || !(amd64 || arm64)

package spreadsheet

func try(string) int { return 1 }
