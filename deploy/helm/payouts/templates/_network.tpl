{{- define "payouts.policyMetadata" -}}
name: {{ include "payouts.fullname" .root }}-{{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "payouts.labels" .root | nindent 2 }}
{{- end -}}

{{- define "payouts.partSelector" -}}
matchLabels:
  {{- include "payouts.selector" .root | nindent 2 }}
  app.kubernetes.io/component: {{ .part }}
{{- end -}}

{{/* A rule for some ports, to the peers that are named, or to anybody on these ports where none are. */}}
{{- define "payouts.egressTo" -}}
- ports:
    {{- range .ports }}
    - protocol: TCP
      port: {{ . }}
    {{- end }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "payouts.egressToDns" -}}
- ports:
    - protocol: UDP
      port: 53
    - protocol: TCP
      port: 53
  {{- with .Values.networkPolicy.dns.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
