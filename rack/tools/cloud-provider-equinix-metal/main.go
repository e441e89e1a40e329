// A stand-in for Equinix Metal's cloud controller manager (CPEM 3.8.1), whose module and image cannot be had here.
//
// Real is what Kubernetes brings: the program, its election, and the controllers that initialise Nodes, delete those of
// machines that are gone and ask for load balancers (k8s.io/cloud-provider). What those controllers ask a cloud is
// answered here, as far as CPEM's documentation tells, from the Metal API.
package main

import (
	"os"

	"k8s.io/apimachinery/pkg/util/wait"
	cloudprovider "k8s.io/cloud-provider"
	"k8s.io/cloud-provider/app"
	"k8s.io/cloud-provider/app/config"
	"k8s.io/cloud-provider/names"
	"k8s.io/cloud-provider/options"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/cli/flag"
	"k8s.io/klog/v2"
)

func main() {
	settings, err := options.NewCloudControllerManagerOptions()
	if err != nil {
		klog.Fatalf("options: %v", err)
	}
	settings.KubeCloudShared.CloudProvider.Name = providerName
	command := app.NewCloudControllerManagerCommand(
		settings, start, app.DefaultInitFuncConstructors, names.CCMControllerAliases(), flag.NamedFlagSets{}, wait.NeverStop)
	os.Exit(cli.Run(command))
}

func start(completed *config.CompletedConfig) cloudprovider.Interface {
	provider := completed.ComponentConfig.KubeCloudShared.CloudProvider
	cloud, err := cloudprovider.InitCloudProvider(provider.Name, provider.CloudConfigFile)
	if err != nil {
		klog.Fatalf("cloud provider: %v", err)
	}
	return cloud
}
