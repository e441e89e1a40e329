package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

const baseURL = "https://api.equinix.com/metal/v1/"

// metalAPI asks the Metal API. It has no time-out and tries nothing twice; the controllers come again.
type metalAPI struct{ token string }

// refusal is an answer that is none of 2xx.
type refusal struct {
	status int
	words  string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.status, r.words) }

// refusedWith says whether the API answered with this status.
func refusedWith(err error, status int) bool {
	var refused *refusal
	return errors.As(err, &refused) && refused.status == status
}

func (m *metalAPI) ask(ctx context.Context, method, path string, body, answer any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, baseURL+path, content)
	if err != nil {
		return err
	}
	request.Header.Set("X-Auth-Token", m.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %w", method, path, &refusal{response.StatusCode, string(text)})
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

// device is what is read of a machine.
type device struct {
	ID        string
	Hostname  string
	State     string
	Plan      struct{ Slug string }
	Metro     struct{ Code string }
	Addresses []struct {
		Address    string
		Family     int `json:"address_family"`
		Public     bool
		Management bool
		Parent     *struct {
			Network string
			CIDR    int
		} `json:"parent_block"`
	} `json:"ip_addresses"`
}

// neighbour is what a machine has to know to speak BGP.
type neighbour struct {
	Family     int      `json:"address_family"`
	CustomerAS int      `json:"customer_as"`
	CustomerIP string   `json:"customer_ip"`
	PeerAS     int      `json:"peer_as"`
	PeerIPs    []string `json:"peer_ips"`
	MD5        string   `json:"md5_password"`
}

// reservation is a block of addresses of the project.
type reservation struct {
	ID      string
	Address string
	Tags    []string
}
