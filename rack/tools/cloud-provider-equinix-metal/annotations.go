package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const (
	prefix = "metal.equinix.com/"
	// Once a Node has it, its annotations are never written again, whatever the API says by then.
	network = prefix + "network-4-private"
)

// tell gives a Node's device its BGP session and the Node the annotations of it.
func (s *services) tell(ctx context.Context, node *core.Node) error {
	id, err := deviceID(node.Spec.ProviderID)
	if err != nil {
		return err
	}
	err = s.api.ask(ctx, "POST", "devices/"+id+"/bgp/sessions", map[string]any{"address_family": "ipv4"}, nil)
	if err != nil && !(refusedWith(err, http.StatusUnprocessableEntity) && strings.Contains(err.Error(), "already has session")) {
		return err
	}
	if _, told := node.Annotations[network]; told {
		return nil
	}
	annotations, err := s.annotationsOf(ctx, id)
	if err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": annotations}})
	if err != nil {
		return err
	}
	_, err = s.client.CoreV1().Nodes().Patch(ctx, node.Name, types.MergePatchType, patch, meta.PatchOptions{})
	return err
}

// annotationsOf: the private network, and of each switch AS numbers, address, source address and password.
func (s *services) annotationsOf(ctx context.Context, id string) (map[string]string, error) {
	private, err := s.privateNetwork(ctx, id)
	if err != nil {
		return nil, err
	}
	annotations := map[string]string{network: private}
	var list struct {
		Neighbours []neighbour `json:"bgp_neighbors"`
	}
	if err := s.api.ask(ctx, "GET", "devices/"+id+"/bgp/neighbors", nil, &list); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(list.Neighbours, func(each neighbour) bool { return each.Family == 4 })
	if at < 0 {
		return nil, errors.New("no IPv4 neighbour")
	}
	found := list.Neighbours[at]
	slices.Sort(found.PeerIPs)
	for i, address := range found.PeerIPs {
		for key, value := range map[string]string{
			"node-asn": strconv.Itoa(found.CustomerAS),
			"peer-asn": strconv.Itoa(found.PeerAS),
			"peer-ip":  address,
			"src-ip":   found.CustomerIP,
			"bgp-pass": base64.StdEncoding.EncodeToString([]byte(found.MD5)),
		} {
			annotations[fmt.Sprintf("%sbgp-peers-%d-%s", prefix, i, key)] = value
		}
	}
	return annotations, nil
}

func (s *services) privateNetwork(ctx context.Context, id string) (string, error) {
	var found device
	if err := s.api.ask(ctx, "GET", "devices/"+id+"?include=ip_addresses.parent_block,parent_block", nil, &found); err != nil {
		return "", err
	}
	for _, each := range found.Addresses {
		if each.Public || !each.Management || each.Family != 4 {
			continue
		}
		if each.Parent == nil || each.Parent.Network == "" || each.Parent.CIDR == 0 {
			return "", fmt.Errorf("no network is told for %s", each.Address)
		}
		return fmt.Sprintf("%s/%d", each.Parent.Network, each.Parent.CIDR), nil
	}
	return "", errors.New("no private address")
}
