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

{{/* Whether a process that serves nobody still works: it says so itself. Takes a dict of role. */}}
{{- define "payouts.workProbes" -}}
{{- $command := list "python" "manage.py" "healthy" .role -}}
startupProbe:
  exec:
    command: {{ toJson $command }}
  periodSeconds: 5
  timeoutSeconds: 10
  failureThreshold: 24
livenessProbe:
  exec:
    command: {{ toJson $command }}
  periodSeconds: 30
  timeoutSeconds: 10
  failureThreshold: 4
readinessProbe:
  exec:
    command: {{ toJson $command }}
  periodSeconds: 30
  timeoutSeconds: 10
  failureThreshold: 2
{{- end -}}

{{- define "payouts.metricsPort" -}}
{{- if .Values.metrics.enabled -}}
- name: metrics
  containerPort: {{ .Values.metrics.port }}
  protocol: TCP
{{- end -}}
{{- end -}}
