# shellcheck shell=sh
# Helpers of the etcd cluster, for interactive shells of root: etcd_endpoints, estat, ehealth.
if [ "$(id -u)" = 0 ]; then
    export ETCDCTL_API=3
    export ETCDCTL_CERT=/etc/kubernetes/pki/certs/kube-apiserver/kube-apiserver-etcd-client.pem
    export ETCDCTL_KEY=/etc/kubernetes/pki/certs/kube-apiserver/kube-apiserver-etcd-client-key.pem
    export ETCDCTL_CACERT=/etc/kubernetes/pki/ca/etcd-ca.pem

    # The client addresses of all members, comma-separated, as the local member knows them.
    etcd_endpoints() {
        etcdctl --endpoints=https://127.0.0.1:2379 member list | awk -F', ' '{ print $5 }' | paste -sd, -
    }

    estat() {
        etcdctl --write-out=table --endpoints="$(etcd_endpoints)" endpoint status
    }

    ehealth() {
        etcdctl --write-out=table --endpoints="$(etcd_endpoints)" endpoint health
    }
fi
