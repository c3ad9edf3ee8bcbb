// Command faults runs the fault rows of the guarantees against the program and
// prints one line for each.
package main

func main() {}
