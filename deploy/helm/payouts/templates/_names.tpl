{{/* Names and labels. */}}

{{- define "payouts.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What never changes while a release lives: a Deployment's selector cannot be changed. */}}
{{- define "payouts.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "payouts.labels" -}}
{{ include "payouts.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "payouts.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (include "payouts.tag" .) -}}
{{- end -}}
{{- end -}}

{{- define "payouts.tag" -}}
{{- default .Chart.AppVersion .Values.image.tag -}}
{{- end -}}

{{/* The hosts that are served, one a line: the first is the one that probes ask for. */}}
{{- define "payouts.hosts" -}}
{{- range splitList "," .Values.config.DJANGO_ALLOWED_HOSTS }}
{{ . | trim }}
{{- end -}}
{{- end -}}

{{/* "true" when a part of the service may have more than one pod. Takes the part's values. */}}
{{- define "payouts.isMany" -}}
{{- $least := .replicas -}}
{{- if dig "autoscaling" "enabled" false . -}}{{- $least = .autoscaling.minReplicas -}}{{- end -}}
{{- if dig "keda" "enabled" false . -}}{{- $least = .keda.minReplicas -}}{{- end -}}
{{- if gt (int $least) 1 -}}true{{- end -}}
{{- end -}}
