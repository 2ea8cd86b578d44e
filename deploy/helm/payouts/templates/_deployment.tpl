{{/* One Deployment. Takes what payouts.podSpec takes. */}}
{{- define "payouts.deployment" -}}
{{- $isScaled := or (dig "autoscaling" "enabled" false .values) (dig "keda" "enabled" false .values) -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "payouts.fullname" .root }}-{{ .part }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "payouts.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .part }}
spec:
  {{- if not $isScaled }}
  replicas: {{ .values.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  progressDeadlineSeconds: 600
  minReadySeconds: 5
  strategy:
    type: RollingUpdate
    # First a new pod that is ready, then an old one less: there are never fewer than asked for.
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- include "payouts.selector" .root | nindent 6 }}
      app.kubernetes.io/component: {{ .part }}
  template:
    metadata:
      labels:
        {{- with .values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- include "payouts.labels" .root | nindent 8 }}
        app.kubernetes.io/component: {{ .part }}
        {{- if .root.Values.metrics.enabled }}
        payouts/metrics: "true"
        {{- end }}
      annotations:
        kubectl.kubernetes.io/default-container: {{ .part }}
        {{- with .root.Values.secrets.generation }}
        payouts/secrets-generation: {{ . | quote }}
        {{- end }}
        {{- with .values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      {{- include "payouts.podSpec" . | nindent 6 }}
      {{- include "payouts.topologySpread" . | nindent 6 }}
{{- end -}}

{{/*
Whether a process that serves nobody still works: its last sign of life is looked up in the database. While that is
away it looks like one that hangs, so that it is given ten minutes, at its start as well: it finds the database again
by itself, and sooner than one that is being started over and over.
*/}}
{{- define "payouts.workProbes" -}}
startupProbe:
  {{- include "payouts.askProcess" . | nindent 2 }}
  periodSeconds: 5
  timeoutSeconds: 10
  failureThreshold: 120
livenessProbe:
  {{- include "payouts.askProcess" . | nindent 2 }}
  periodSeconds: 30
  timeoutSeconds: 10
  failureThreshold: 20
readinessProbe:
  {{- include "payouts.askProcess" . | nindent 2 }}
  periodSeconds: 15
  timeoutSeconds: 10
  failureThreshold: 3
{{- end -}}

{{- define "payouts.askProcess" -}}
exec:
  command: [python, -m, heartbeats.health_check]
{{- end -}}

{{- define "payouts.metricsPort" -}}
{{- if .Values.metrics.enabled -}}
- name: metrics
  containerPort: {{ .Values.metrics.port }}
  protocol: TCP
{{- end -}}
{{- end -}}
