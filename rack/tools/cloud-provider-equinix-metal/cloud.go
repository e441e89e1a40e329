package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	cloudprovider "k8s.io/cloud-provider"
	"k8s.io/klog/v2"
)

// The name in provider ids, and of --cloud-provider.
const providerName = "equinixmetal"

// settings is the file that --cloud-config names, with the keys that the add-on writes.
type settings struct {
	APIKey       string `json:"apiKey"`
	ProjectID    string `json:"projectID"`
	Metro        string `json:"metro"`
	LoadBalancer string `json:"loadbalancer"`
}

// cloud answers for one project.
type cloud struct {
	settings settings
	api      *metalAPI
	services *services
}

func init() { cloudprovider.RegisterCloudProvider(providerName, newCloud) }

func newCloud(file io.Reader) (cloudprovider.Interface, error) {
	var found settings
	if file != nil {
		if err := json.NewDecoder(file).Decode(&found); err != nil {
			return nil, fmt.Errorf("--cloud-config: %w", err)
		}
	}
	if found.APIKey == "" || found.ProjectID == "" {
		return nil, fmt.Errorf("--cloud-config: expected apiKey and projectID")
	}
	klog.Infof("project %s, metro %q, load balancer %q", found.ProjectID, found.Metro, found.LoadBalancer)
	return &cloud{settings: found, api: &metalAPI{token: found.APIKey}}, nil
}

// Initialize enables BGP in the project where it is not. A wrong token shows here, and ends the program, as in CPEM.
func (c *cloud) Initialize(clients cloudprovider.ControllerClientBuilder, _ <-chan struct{}) {
	if err := c.enableBGP(); err != nil {
		klog.Fatalf("BGP could not be enabled in project %s: %v", c.settings.ProjectID, err)
	}
	client := clients.ClientOrDie("cloud-provider-equinix-metal")
	made, err := newServices(c.settings, c.api, client)
	if err != nil {
		klog.Fatalf("load balancers: %v", err)
	}
	c.services = made
}

func (c *cloud) enableBGP() error {
	var found struct{ ID string }
	err := c.api.ask(context.Background(), "GET", "projects/"+c.settings.ProjectID+"/bgp-config", nil, &found)
	if err == nil && found.ID != "" {
		return nil
	}
	wanted := map[string]any{"asn": 65000, "deployment_type": "local", "use_case": "kubernetes-load-balancer"}
	return c.api.ask(context.Background(), "POST", "projects/"+c.settings.ProjectID+"/bgp-configs", wanted, nil)
}

func (c *cloud) InstancesV2() (cloudprovider.InstancesV2, bool) {
	return &machines{api: c.api, project: c.settings.ProjectID}, true
}

// LoadBalancer is there where the settings name one.
func (c *cloud) LoadBalancer() (cloudprovider.LoadBalancer, bool) {
	return c.services, c.services != nil
}

func (c *cloud) ProviderName() string                       { return providerName }
func (c *cloud) HasClusterID() bool                         { return true }
func (c *cloud) Instances() (cloudprovider.Instances, bool) { return nil, false }
func (c *cloud) Zones() (cloudprovider.Zones, bool)         { return nil, false }
func (c *cloud) Clusters() (cloudprovider.Clusters, bool)   { return nil, false }
func (c *cloud) Routes() (cloudprovider.Routes, bool)       { return nil, false }
