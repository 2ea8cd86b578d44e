{{/*
The environment of every container. It stands in the pods themselves, and in no ConfigMap: a changed setting is a
changed pod, which is rolled out like a new image, and the migrations before it have the new settings too.
Takes a dict of root and role.
*/}}
{{- define "payouts.environment" -}}
- name: DJANGO_SETTINGS_MODULE
  value: config.settings.prod
- name: PAYOUTS_ROLE
  value: {{ .role }}
{{- range $name, $value := .root.Values.config }}
{{- if $value }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- if and .root.Values.metrics.enabled (ne .role "command") }}
# The network policy says who may ask, and not the address.
- name: METRICS_ADDRESS
  value: "0.0.0.0"
- name: METRICS_PORT
  value: {{ .root.Values.metrics.port | quote }}
{{- end }}
{{- range $name, $from := .root.Values.secrets.variables }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ default $.root.Values.secrets.existingSecret $from.secret }}
      key: {{ default $name $from.key }}
      {{- if $from.optional }}
      optional: true
      {{- end }}
{{- end }}
{{- end -}}
