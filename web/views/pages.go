package views

// Pages are the links around a page of a collection.
type Pages struct{ Newer, Older string }
