package views

import (
	"fmt"
	"html/template"
)

// shapes are drawn in a field of 16 by 16 with the colour of their text. A
// state is told by its word first, then by its shape.
var shapes = map[string]template.HTML{
	"ring":     `<circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.75"/>`,
	"dot":      `<circle cx="8" cy="8" r="6" fill="currentColor"/>`,
	"half":     `<circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.75"/><path d="M8 2.5a5.5 5.5 0 0 0 0 11z" fill="currentColor"/>`,
	"quarter":  `<circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.75"/><path d="M8 8V2.5A5.5 5.5 0 0 1 13.5 8z" fill="currentColor"/>`,
	"clock":    `<circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 4.5V8l2.5 1.5" fill="none" stroke="currentColor" stroke-width="1.5"/>`,
	"diamond":  `<path d="M8 2l6 6-6 6-6-6z" fill="none" stroke="currentColor" stroke-width="1.75"/>`,
	"check":    `<path d="M2.5 8.5l3.5 3.5 7.5-8" fill="none" stroke="currentColor" stroke-width="2"/>`,
	"cross":    `<path d="M3.5 3.5l9 9m0-9l-9 9" fill="none" stroke="currentColor" stroke-width="2"/>`,
	"back":     `<path d="M6.5 3L2.5 7l4 4M2.5 7h7a4 4 0 0 1 0 8H8" fill="none" stroke="currentColor" stroke-width="1.75" transform="translate(0 -1)"/>`,
	"flag":     `<path d="M3.5 14.5v-12h9l-2 3 2 3h-7.5" fill="none" stroke="currentColor" stroke-width="1.75"/>`,
	"again":    `<path d="M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3" fill="none" stroke="currentColor" stroke-width="1.75"/>`,
	"glass":    `<path d="M3 2h10M3 14h10M4.5 2c0 4 7 8 7 12M11.5 2c0 4-7 8-7 12" fill="none" stroke="currentColor" stroke-width="1.5"/>`,
	"minus":    `<circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M5 8h6" stroke="currentColor" stroke-width="1.75"/>`,
	"box":      `<path d="M2.5 2.5h11v11h-11z" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M5 8h6" stroke="currentColor" stroke-width="1.75"/>`,
	"square":   `<path d="M3 3h10v10H3z" fill="currentColor"/>`,
	"none":     `<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M3 13L13 3" stroke="currentColor" stroke-width="1.5"/>`,
	"question": `<path d="M5 6a3 3 0 1 1 4.2 2.8C8.3 9.2 8 9.700 8 10.500" fill="none" stroke="currentColor" stroke-width="2"/><circle cx="8" cy="13.200" r="1.200" fill="currentColor"/>`,
	"play":     `<path d="M4 2.500l9 5.500-9 5.500z" fill="currentColor"/>`,
	"pause":    `<path d="M4 3h3v10H4zm5 0h3v10H9z" fill="currentColor"/>`,
	"warning":  `<path d="M8 2l6.500 12h-13z" fill="currentColor"/>`,
	"stop":     `<circle cx="8" cy="8" r="5.750" fill="none" stroke="currentColor" stroke-width="1.750"/><path d="M4 4l8 8" stroke="currentColor" stroke-width="1.750"/>`,
	"left":     `<path d="M10 3L5 8l5 5" fill="none" stroke="currentColor" stroke-width="1.750"/>`,
}

// Icon draws a shape. It is hidden from readers of the screen: the word beside
// it says the same.
func Icon(name string) (template.HTML, error) {
	shape, ok := shapes[name]
	if !ok {
		return "", fmt.Errorf("no shape %q", name)
	}
	return `<svg class="fw-icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">` + shape + `</svg>`, nil
}
