// Command schema writes the schema book of the embedded API server: one entry for each message of the kinds that it
// serves, read off the struct tags of Kubernetes' published Go types. Facts only, no descriptions.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"reflect"
	"strconv"
	"strings"

	autoscalingv2beta2 "k8s.io/api-1.20/autoscaling/v2beta2"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	eventsv1 "k8s.io/api/events/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// roots are the kinds that clients send whole; everything else is reached through them.
var roots = []any{
	appsv1.DaemonSet{}, appsv1.Deployment{}, appsv1.ReplicaSet{}, appsv1.StatefulSet{}, appsv1.ControllerRevision{},
	authenticationv1.SelfSubjectReview{}, authenticationv1.TokenRequest{}, authenticationv1.TokenReview{},
	authorizationv1.LocalSubjectAccessReview{}, authorizationv1.SelfSubjectAccessReview{},
	authorizationv1.SelfSubjectRulesReview{}, authorizationv1.SubjectAccessReview{},
	autoscalingv1.HorizontalPodAutoscaler{}, autoscalingv1.Scale{}, autoscalingv2.HorizontalPodAutoscaler{},
	autoscalingv2beta2.HorizontalPodAutoscaler{},
	batchv1.CronJob{}, batchv1.Job{}, coordinationv1.Lease{}, discoveryv1.EndpointSlice{}, eventsv1.Event{},
	corev1.ConfigMap{}, corev1.Endpoints{}, corev1.Event{}, corev1.LimitRange{}, corev1.Namespace{}, corev1.Node{},
	corev1.PersistentVolumeClaim{}, corev1.Pod{}, corev1.PodTemplate{}, corev1.ReplicationController{},
	corev1.ResourceQuota{}, corev1.Secret{}, corev1.Service{}, corev1.ServiceAccount{}, corev1.Binding{},
	networkingv1.Ingress{}, networkingv1.NetworkPolicy{}, policyv1.PodDisruptionBudget{}, policyv1.Eviction{},
	rbacv1.ClusterRole{}, rbacv1.ClusterRoleBinding{}, rbacv1.Role{}, rbacv1.RoleBinding{},
	apiextensionsv1.CustomResourceDefinition{}, apiregistrationv1.APIService{},
	metav1.DeleteOptions{}, metav1.Status{},
}

// special are the types with a form of their own in JSON and protobuf.
var special = map[reflect.Type]string{
	reflect.TypeFor[metav1.Time]():                            "time",
	reflect.TypeFor[metav1.MicroTime]():                       "microTime",
	reflect.TypeFor[resource.Quantity]():                      "quantity",
	reflect.TypeFor[intstr.IntOrString]():                     "intOrString",
	reflect.TypeFor[runtime.RawExtension]():                   "any",
	reflect.TypeFor[metav1.FieldsV1]():                        "any",
	reflect.TypeFor[apiextensionsv1.JSON]():                   "any",
	reflect.TypeFor[apiextensionsv1.JSONSchemaProps]():        "any",
	reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrArray](): "any",
	reflect.TypeFor[apiextensionsv1.JSONSchemaPropsOrBool]():  "any",
	reflect.TypeFor[authenticationv1.ExtraValue]():            "any",
	reflect.TypeFor[authorizationv1.ExtraValue]():             "any",
}

type field struct {
	Type              any     `json:"type"`
	Shape             string  `json:"shape,omitempty"`
	Number            int     `json:"number,omitempty"`
	MergeKey          *string `json:"mergeKey,omitempty"`
	HasRetainKeys     bool    `json:"hasRetainKeys,omitempty"`
	IsRequired        bool    `json:"isRequired,omitempty"`
	IsInline          bool    `json:"isInline,omitempty"`
	IsNullWhenEmpty   bool    `json:"isNullWhenEmpty,omitempty"`
	IsOmittedWhenZero bool    `json:"isOmittedWhenZero,omitempty"`
	IsPointer         bool    `json:"isPointer,omitempty"`
}

type book map[string]map[string]field

// messageName turns k8s.io/api/autoscaling/v2 and MetricSpec into autoscaling.v2.MetricSpec.
func messageName(t reflect.Type) string {
	version := path.Base(t.PkgPath())
	group := path.Base(path.Dir(t.PkgPath()))
	return fmt.Sprintf("%s.%s.%s", group, version, t.Name())
}

func (b book) add(t reflect.Type) {
	name := messageName(t)
	if _, ok := b[name]; ok {
		return
	}
	fields := map[string]field{}
	b[name] = fields
	b.addFields(t, fields)
}

func (b book) addFields(t reflect.Type, into map[string]field) {
	for structField := range t.Fields() {
		number, protobufName := protobufTag(structField.Tag.Get("protobuf"))
		jsonName, options, _ := strings.Cut(structField.Tag.Get("json"), ",")
		if jsonName == "-" || !structField.IsExported() {
			continue
		}
		if structField.Anonymous && jsonName == "" {
			if number == 0 {
				b.addFields(structField.Type, into)
				continue
			}
			b.add(structField.Type)
			into[protobufName] = field{Type: map[string]string{"message": messageName(structField.Type)}, Number: number, IsInline: true}
			continue
		}
		entry := b.fieldOf(structField.Type)
		entry.Number = number
		entry.IsRequired = !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero")
		entry.IsPointer = entry.IsRequired && structField.Type.Kind() == reflect.Pointer
		entry.IsOmittedWhenZero = !entry.IsRequired && isScalar(structField.Type)
		entry.IsNullWhenEmpty = entry.IsRequired && entry.Shape != ""
		for _, strategy := range strings.Split(structField.Tag.Get("patchStrategy"), ",") {
			switch strategy {
			case "merge":
				key := structField.Tag.Get("patchMergeKey")
				if entry.Shape == "list" {
					entry.MergeKey = &key
				}
			case "retainKeys":
				entry.HasRetainKeys = true
			}
		}
		into[jsonName] = entry
	}
}

func (b book) fieldOf(t reflect.Type) field {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if name, ok := special[t]; ok {
		return field{Type: name}
	}
	switch t.Kind() {
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return field{Type: "bytes"}
		}
		return field{Type: b.fieldOf(t.Elem()).Type, Shape: "list"}
	case reflect.Map:
		value := b.fieldOf(t.Elem())
		if value.Shape != "" {
			return field{Type: "any", Shape: "map"}
		}
		return field{Type: value.Type, Shape: "map"}
	case reflect.Struct:
		b.add(t)
		return field{Type: map[string]string{"message": messageName(t)}}
	case reflect.String:
		return field{Type: "string"}
	case reflect.Bool:
		return field{Type: "bool"}
	case reflect.Float32, reflect.Float64:
		return field{Type: "double"}
	case reflect.Int32, reflect.Uint8, reflect.Uint16:
		return field{Type: "int32"}
	case reflect.Int, reflect.Int64, reflect.Uint32, reflect.Uint64:
		return field{Type: "int64"}
	}
	panic("no form for " + t.String())
}

// isScalar tells the types whose zero value "omitempty" leaves out; a pointer's is kept.
func isScalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Float32, reflect.Float64, reflect.Int, reflect.Int32, reflect.Int64,
		reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return false
}

// protobufTag reads the number and the name off `bytes,1,opt,name=metadata`.
func protobufTag(tag string) (int, string) {
	parts := strings.Split(tag, ",")
	if len(parts) < 2 {
		return 0, ""
	}
	number, err := strconv.Atoi(parts[1])
	if err != nil {
		panic(err)
	}
	for _, part := range parts {
		if name, ok := strings.CutPrefix(part, "name="); ok {
			return number, name
		}
	}
	return number, ""
}

func main() {
	messages := book{}
	for _, root := range roots {
		messages.add(reflect.TypeOf(root))
	}
	encoder := json.NewEncoder(os.Stdout)
	if err := encoder.Encode(messages); err != nil {
		panic(err)
	}
}
