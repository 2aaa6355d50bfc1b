// SPDX-License-Identifier: Apache-2.0

// A web server and client as they should be, then response bodies that are not closed, then a
// server whose goroutines do not come back to read.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

func get(url string) io.ReadCloser {
	response, err := http.Get(url)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return response.Body
}

func serve(c net.Conn) {
	line := make([]byte, 64)
	c.Read(line)
	c.Write([]byte("working\n"))
	time.Sleep(time.Hour)
	c.Close()
}

func main() {
	host, peer := os.Args[1], os.Args[2]
	orders := bufio.NewReader(os.Stdin)

	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	go http.ListenAndServe(host+":8080", nil)
	for i := 0; i < 5; i++ {
		body := get("http://" + peer + ":9000/")
		io.ReadAll(body)
		body.Close()
	}
	fmt.Println("healthy")
	orders.ReadString('\n')

	var bodies []io.ReadCloser
	for i := 0; i < 3; i++ {
		ready := make(chan io.ReadCloser)
		go func() { ready <- get("http://" + peer + ":9001/") }()
		if i < 2 {
			go func() { bodies = append(bodies, <-ready) }()
		} else {
			bodies = append(bodies, <-ready)
		}
	}
	for len(bodies) < 3 {
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Println("bodies")
	orders.ReadString('\n')
	for _, body := range bodies {
		body.Close()
	}
	fmt.Println("closed")

	listener, err := net.Listen("tcp", host+":8081")
	if err != nil {
		os.Exit(1)
	}
	for {
		c, err := listener.Accept()
		if err != nil {
			os.Exit(1)
		}
		go serve(c)
	}
}
