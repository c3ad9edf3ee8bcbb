// Package views turns what a page shows into HTML. layout.html is the page
// around everything, components holds one file each of what pages are made of,
// screens one file a screen. Templates hold no words: every sentence is said by
// its code through the catalogue.
package views
