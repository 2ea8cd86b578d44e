{{/* What the schema of the values cannot say: values that contradict each other are refused. */}}
{{- define "payouts.checks" -}}
{{- $variables := .Values.secrets.variables -}}
{{- if not (or .Values.config.POSTGRES_HOST (hasKey $variables "DATABASE_URL")) -}}
{{- fail "config.POSTGRES_HOST is empty, and secrets.variables has no DATABASE_URL: where is the database?" -}}
{{- end -}}
{{- if not (or (hasKey $variables "POSTGRES_PASSWORD") (hasKey $variables "DATABASE_URL")) -}}
{{- fail "secrets.variables needs POSTGRES_PASSWORD or DATABASE_URL" -}}
{{- end -}}
{{- range $name, $_ := $variables -}}
{{- if hasKey $.Values.config $name -}}
{{- fail (printf "%s is in config and in secrets.variables: take one away (null)" $name) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.worker.autoscaling.enabled .Values.worker.keda.enabled -}}
{{- fail "worker.autoscaling and worker.keda are both enabled: two autoscalers would undo each other's work" -}}
{{- end -}}
{{- range $part, $scaling := dict "web.autoscaling" .Values.web.autoscaling "worker.autoscaling" .Values.worker.autoscaling "worker.keda" .Values.worker.keda -}}
{{- if and $scaling.enabled (gt (int $scaling.minReplicas) (int $scaling.maxReplicas)) -}}
{{- fail (printf "%s.minReplicas is above its maxReplicas" $part) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.metrics.serviceMonitor.enabled (not .Values.metrics.enabled) -}}
{{- fail "metrics.serviceMonitor is enabled, and metrics is not" -}}
{{- end -}}
{{- if and .Values.worker.keda.enabled (eq .Values.worker.keda.broker "redis") (not .Values.worker.keda.redis.address) -}}
{{- fail "worker.keda needs worker.keda.redis.address: KEDA does not read CELERY_BROKER_URL" -}}
{{- end -}}
{{- if ge (int .Values.web.preStopSeconds) (sub (int .Values.web.gracePeriodSeconds) 30) -}}
{{- fail "web.gracePeriodSeconds must be above web.preStopSeconds and the 30 seconds that Gunicorn takes" -}}
{{- end -}}
{{- end -}}
