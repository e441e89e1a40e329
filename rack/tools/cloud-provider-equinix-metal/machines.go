package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	core "k8s.io/api/core/v1"
	cloudprovider "k8s.io/cloud-provider"
	"k8s.io/cloud-provider/api"
)

// machines tells the Node controllers of the project's devices.
type machines struct {
	api     *metalAPI
	project string
}

func (m *machines) InstanceExists(ctx context.Context, node *core.Node) (bool, error) {
	_, err := m.byProviderID(ctx, node.Spec.ProviderID)
	if errors.Is(err, cloudprovider.InstanceNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (m *machines) InstanceShutdown(ctx context.Context, node *core.Node) (bool, error) {
	found, err := m.byProviderID(ctx, node.Spec.ProviderID)
	if err != nil {
		return false, err
	}
	return found.State == "inactive", nil
}

func (m *machines) InstanceMetadata(ctx context.Context, node *core.Node) (*cloudprovider.InstanceMetadata, error) {
	found, err := m.of(ctx, node)
	if err != nil {
		return nil, err
	}
	addresses, err := addressesOf(found, node.Annotations[api.AnnotationAlphaProvidedIPAddr])
	if err != nil {
		return nil, err
	}
	return &cloudprovider.InstanceMetadata{
		ProviderID:    providerName + "://" + found.ID,
		InstanceType:  found.Plan.Slug,
		NodeAddresses: addresses,
		Region:        found.Metro.Code,
	}, nil
}

// of finds a Node's device: by its id where it has one, else by its name, which has to be the device's host name.
func (m *machines) of(ctx context.Context, node *core.Node) (*device, error) {
	if node.Spec.ProviderID != "" {
		return m.byProviderID(ctx, node.Spec.ProviderID)
	}
	var list struct{ Devices []device }
	if err := m.api.ask(ctx, "GET", "projects/"+m.project+"/devices", nil, &list); err != nil {
		return nil, err
	}
	for i := range list.Devices {
		if list.Devices[i].Hostname == node.Name {
			return &list.Devices[i], nil
		}
	}
	return nil, cloudprovider.InstanceNotFound
}

func (m *machines) byProviderID(ctx context.Context, id string) (*device, error) {
	id, err := deviceID(id)
	if err != nil {
		return nil, err
	}
	var found device
	err = m.api.ask(ctx, "GET", "devices/"+id, nil, &found)
	if refusedWith(err, http.StatusNotFound) {
		return nil, cloudprovider.InstanceNotFound
	}
	return &found, err
}

// deviceID takes the id alone as well as `equinixmetal://id`.
func deviceID(providerID string) (string, error) {
	name, id, both := strings.Cut(providerID, "://")
	switch {
	case providerID == "":
		return "", errors.New("the Node has no provider id")
	case !both:
		return providerID, nil
	case name != providerName:
		return "", fmt.Errorf("provider id %s: expected %s://<device>", providerID, providerName)
	}
	return id, nil
}

// addressesOf lists the host name, the address of kubelet's --node-ip and then the device's IPv4 addresses. A device
// without a private or without a public one is an error.
func addressesOf(found *device, nodeIP string) ([]core.NodeAddress, error) {
	list := []core.NodeAddress{{Type: core.NodeHostName, Address: found.Hostname}}
	seen := map[string]bool{found.Hostname: true}
	add := func(kind core.NodeAddressType, address string) {
		if !seen[address] {
			list = append(list, core.NodeAddress{Type: kind, Address: address})
		}
		seen[address] = true
	}
	private, public := nodeIP != "", false
	if private {
		add(core.NodeInternalIP, nodeIP)
	}
	for _, each := range found.Addresses {
		switch {
		case each.Family != 4:
		case each.Public:
			public = true
			add(core.NodeExternalIP, each.Address)
		default:
			private = true
			add(core.NodeInternalIP, each.Address)
		}
	}
	if !private || !public {
		return nil, fmt.Errorf("device %s: expected a private and a public IPv4 address", found.ID)
	}
	return list, nil
}
