{{- define "payouts.web.args" -}}
{{- list "gunicorn" "--config" "config/gunicorn.conf.py" "--bind" "0.0.0.0:8000" "config.wsgi:application" | toYaml -}}
{{- end -}}

{{- define "payouts.web.ports" -}}
- name: http
  containerPort: 8000
  protocol: TCP
{{ include "payouts.metricsPort" . }}
{{- end -}}

{{/*
The kubelet asks by the pod's address, and Django answers to the hosts that it is told alone: the probes name the
first of them. Ready asks for the database; alive does not, since a new pod would find it away as well.
*/}}
{{- define "payouts.web.probes" -}}
startupProbe:
  {{- include "payouts.web.ask" (dict "root" . "path" "/health/live/") | nindent 2 }}
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 60
livenessProbe:
  {{- include "payouts.web.ask" (dict "root" . "path" "/health/live/") | nindent 2 }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  {{- include "payouts.web.ask" (dict "root" . "path" "/health/ready/") | nindent 2 }}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 3
{{- end -}}

{{- define "payouts.web.ask" -}}
httpGet:
  path: {{ .path }}
  port: http
  httpHeaders:
    - name: Host
      value: {{ include "payouts.hosts" .root | trim | splitList "\n" | first | quote }}
{{- end -}}

{{/* Requests come for a moment more, until every proxy has heard that the pod leaves; they are still answered. */}}
{{- define "payouts.web.lifecycle" -}}
preStop:
  sleep:
    seconds: {{ .Values.web.preStopSeconds }}
{{- end -}}
