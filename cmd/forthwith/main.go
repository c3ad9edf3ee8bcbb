// Command forthwith tells every affected person, once, what they need to know
// after a breach, and proves that it did.
package main

func main() {}
