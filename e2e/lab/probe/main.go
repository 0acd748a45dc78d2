// Command probe is what the lab's test runs in pods: "serve" answers on a port, "check" tries what a pod is
// promised, "bind" mounts one folder over another.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

const account = "/var/run/secrets/kubernetes.io/serviceaccount/"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		fmt.Println("serving")
		http.ListenAndServe(":8080", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "hello from "+os.Getenv("HOSTNAME"))
		}))
		return
	}
	if len(os.Args) > 3 && os.Args[1] == "bind" {
		bind(os.Args[2], os.Args[3])
		return
	}
	results := map[string]string{
		"lookup":  answer(lookup("web.default.svc.cluster.local")),
		"short":   answer(lookup("kubernetes.default")),
		"outside": answer(lookup("example.org")),
		"service": answer(patiently("http://web/")),
		"api":     answer(api()),
		"mirror":  answer(get(http.DefaultClient, os.Getenv("GOPROXY")+"/golang.org/x/mod/@v/v0.20.0.info", "")),
		"sumdb":   answer(get(http.DefaultClient, os.Getenv("GOPROXY")+"/sumdb/sum.golang.org/supported", "")),
	}
	json.NewEncoder(os.Stdout).Encode(results)
}

func bind(from, to string) {
	for _, dir := range []string{from, to} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	if err := syscall.Mount(from, to, "", syscall.MS_BIND, ""); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func answer(text string, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return text
}

func lookup(name string) (string, error) {
	found, err := net.LookupHost(name)
	return strings.Join(found, " "), err
}

func api() (string, error) {
	token, err := os.ReadFile(account + "token")
	if err != nil {
		return "", err
	}
	pem, err := os.ReadFile(account + "ca.crt")
	if err != nil {
		return "", err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	return get(&http.Client{Transport: transport}, "https://kubernetes.default/version", string(token))
}

// A Service's rules follow its pods' readiness by a moment.
func patiently(url string) (string, error) {
	text, err := get(http.DefaultClient, url, "")
	for end := time.Now().Add(10 * time.Second); err != nil && time.Now().Before(end); {
		time.Sleep(100 * time.Millisecond)
		text, err = get(http.DefaultClient, url, "")
	}
	return text, err
}

func get(client *http.Client, url, token string) (string, error) {
	client.Timeout = 20 * time.Second
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return "", err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return fmt.Sprintf("%d %s", response.StatusCode, body), err
}
