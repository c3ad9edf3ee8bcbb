//go:build !race

package spreadsheet

// raced means that the race detector runs, which takes many times the memory.
const raced = false
