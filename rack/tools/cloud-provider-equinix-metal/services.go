package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
)

// services gives each Service of type LoadBalancer an address of its own, and tells kube-vip on the Nodes whom to
// announce it to. It announces nothing itself.
type services struct {
	api            *metalAPI
	client         kubernetes.Interface
	project, metro string
	cluster        string
}

// newServices: none without a load balancer in the settings; of those that CPEM knows, kube-vip alone is here.
func newServices(wanted settings, api *metalAPI, client kubernetes.Interface) (*services, error) {
	if wanted.LoadBalancer == "" {
		return nil, nil
	}
	if !strings.HasPrefix(wanted.LoadBalancer, "kube-vip://") {
		return nil, fmt.Errorf("loadbalancer: found %q, expected kube-vip:// or none", wanted.LoadBalancer)
	}
	system, err := client.CoreV1().Namespaces().Get(context.Background(), "kube-system", meta.GetOptions{})
	if err != nil {
		return nil, err
	}
	return &services{api: api, client: client, project: wanted.ProjectID, metro: wanted.Metro, cluster: string(system.UID)}, nil
}

func (s *services) GetLoadBalancerName(_ context.Context, _ string, service *core.Service) string {
	return strings.Join(s.tagsOf(service), ":")
}

// GetLoadBalancer: a Service that brought its own address has no reservation, and so no load balancer.
func (s *services) GetLoadBalancer(ctx context.Context, _ string, service *core.Service) (*core.LoadBalancerStatus, bool, error) {
	mine, err := s.reservationOf(ctx, service)
	if err != nil || mine == nil {
		return nil, false, err
	}
	return &core.LoadBalancerStatus{Ingress: []core.LoadBalancerIngress{{IP: mine.Address}}}, true, nil
}

// EnsureLoadBalancer: the address is reserved and written into the Service first, then the Nodes are told.
func (s *services) EnsureLoadBalancer(ctx context.Context, cluster string, service *core.Service, nodes []*core.Node) (*core.LoadBalancerStatus, error) {
	if service.Spec.LoadBalancerIP == "" {
		if err := s.giveAddress(ctx, service); err != nil {
			return nil, fmt.Errorf("%s/%s: %w", service.Namespace, service.Name, err)
		}
	}
	for _, node := range nodes {
		if err := s.tell(ctx, node); err != nil {
			klog.Errorf("node %s: %v", node.Name, err)
		}
	}
	status, _, err := s.GetLoadBalancer(ctx, cluster, service)
	return status, err
}

func (s *services) UpdateLoadBalancer(ctx context.Context, _ string, _ *core.Service, nodes []*core.Node) error {
	for _, node := range nodes {
		if err := s.tell(ctx, node); err != nil {
			return fmt.Errorf("node %s: %w", node.Name, err)
		}
	}
	return nil
}

func (s *services) EnsureLoadBalancerDeleted(ctx context.Context, _ string, service *core.Service) error {
	mine, err := s.reservationOf(ctx, service)
	if err != nil || mine == nil {
		return err
	}
	return s.api.ask(ctx, "DELETE", "ips/"+mine.ID, nil, nil)
}

func (s *services) giveAddress(ctx context.Context, service *core.Service) error {
	mine, err := s.reservationOf(ctx, service)
	if err != nil {
		return err
	}
	if mine == nil {
		if mine, err = s.reserve(ctx, service); err != nil {
			return err
		}
	}
	all := s.client.CoreV1().Services(service.Namespace)
	latest, err := all.Get(ctx, service.Name, meta.GetOptions{})
	if err != nil {
		return err
	}
	latest.Spec.LoadBalancerIP = mine.Address
	_, err = all.Update(ctx, latest, meta.UpdateOptions{})
	return err
}

func (s *services) reserve(ctx context.Context, service *core.Service) (*reservation, error) {
	metro := s.metro
	if own := service.Annotations["metal.equinix.com/eip-metro"]; own != "" {
		metro = own
	}
	if metro == "" {
		return nil, errors.New("no metro, in the settings or at the Service, to reserve an address in")
	}
	wanted := map[string]any{"type": "public_ipv4", "quantity": 1, "metro": metro, "tags": s.tagsOf(service), "fail_on_approval_required": true}
	var made reservation
	return &made, s.api.ask(ctx, "POST", "projects/"+s.project+"/ips", wanted, &made)
}

func (s *services) reservationOf(ctx context.Context, service *core.Service) (*reservation, error) {
	var list struct {
		Addresses []reservation `json:"ip_addresses"`
	}
	if err := s.api.ask(ctx, "GET", "projects/"+s.project+"/ips", nil, &list); err != nil {
		return nil, err
	}
	for i, each := range list.Addresses {
		if !slices.ContainsFunc(s.tagsOf(service), func(tag string) bool { return !slices.Contains(each.Tags, tag) }) {
			return &list.Addresses[i], nil
		}
	}
	return nil, nil
}

// tagsOf: by these a reservation is known again, and two clusters in one project keep apart.
func (s *services) tagsOf(service *core.Service) []string {
	hash := sha256.Sum256([]byte(service.Namespace + "/" + service.Name))
	return []string{
		"usage=cloud-provider-equinix-metal-auto",
		"service=" + base64.StdEncoding.EncodeToString(hash[:]),
		"cluster=" + s.cluster,
	}
}
