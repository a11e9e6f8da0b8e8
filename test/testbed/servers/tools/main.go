// Command tools makes what the test servers are given: certificates and password files.
//
//	tools certs DIR                writes a CA, a server's and a client's certificate into DIR
//	tools htpasswd USER PASSWORD   prints one line of an htpasswd file
package main

import (
	"fmt"
	"os"

	"golang.org/x/crypto/bcrypt"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tools:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "certs":
		return writeCertificates(args[1])
	case len(args) == 3 && args[0] == "htpasswd":
		return printPassword(args[1], args[2])
	default:
		return fmt.Errorf("usage: tools certs DIR | tools htpasswd USER PASSWORD")
	}
}

func printPassword(user, password string) error {
	// The registry compares the hash anew for every request, so a higher cost would only slow the tests.
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%s:%s\n", user, hash)
	return err
}
