import type { Release } from './releases.ts';

/** Source of a program that is every Kubernetes program of one release and acts by the name it is called by. */
export function renderKubernetesMain(
  release: Pick<Release, 'kubeletTakesContext' | 'hasComponentCli' | 'importsJsonLogs'>,
): string {
  const { kubeletTakesContext: context, hasComponentCli: cli } = release;
  const jsonLogs = release.importsJsonLogs ? '\t_ "k8s.io/component-base/logs/json/register"\n' : '';
  return `// Command kubernetes is every Kubernetes program of one release in one executable: it acts by the name it is called by.
package main

import (
${context ? '\t"context"\n' : ''}	"fmt"
	"os"
	"path/filepath"
	_ "time/tzdata"

	"github.com/spf13/cobra"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
${cli ? '\t"k8s.io/component-base/cli"' : '\t"k8s.io/component-base/logs"'}
${jsonLogs}	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubectl/pkg/cmd"
${cli ? '\t"k8s.io/kubectl/pkg/cmd/util"\n' : ''}	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

func main() {
	var command *cobra.Command
	switch name := filepath.Base(os.Args[0]); name {
	case "kube-apiserver":
		command = apiserver.NewAPIServerCommand()
	case "kube-controller-manager":
		command = controllermanager.NewControllerManagerCommand()
	case "kube-scheduler":
		command = scheduler.NewSchedulerCommand()
	case "kube-proxy":
		command = proxy.NewProxyCommand()
	case "kubelet":
		command = kubelet.NewKubeletCommand(${context ? 'context.Background()' : ''})
	case "kubectl":
${cli ? runKubectl : '\t\tcommand = cmd.NewDefaultKubectlCommand()'}
	default:
		fmt.Fprintf(os.Stderr, "%s: no Kubernetes program of that name in here\\n", name)
		os.Exit(2)
	}
${cli ? '\tos.Exit(cli.Run(command))' : runCommand}
}
`;
}

const runKubectl = `\t\tif err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
			util.CheckErr(err)
		}
		return`;

const runCommand = `\tlogs.InitLogs()
	defer logs.FlushLogs()
	if err := command.Execute(); err != nil {
		os.Exit(1)
	}`;

const coreDnsPlugins = [
  'bind',
  'cache',
  'errors',
  'forward',
  'health',
  'kubernetes',
  'log',
  'ready',
  'reload',
  'template',
];

/** Source of CoreDNS with the plugins that a cluster's DNS needs: the full set pulls in every cloud's client. */
export function renderCoreDnsMain(): string {
  const imports = coreDnsPlugins.map((plugin) => `\t_ "github.com/coredns/coredns/plugin/${plugin}"`);
  return `// Command coredns is CoreDNS with the plugins that a cluster's DNS needs, and no others.
package main

import (
	"github.com/coredns/coredns/coremain"

${imports.join('\n')}
)

func main() {
	coremain.Run()
}
`;
}

/** Source of the program that holds a pod's namespaces open and reaps what a shared PID namespace leaves to it. */
export function renderPauseMain(): string {
  return `// Command pause waits to be told to stop, and reaps the children it inherits.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		for pid := 1; pid > 0; {
			pid, _ = syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		}
	}
}
`;
}
