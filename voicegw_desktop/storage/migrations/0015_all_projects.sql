-- Sums of all projects together, under project '': reports of everything read a fraction of the rows.
-- Also those of single days (yyyymmdd) until the one that is told in `rolled`.
INSERT INTO period_costs (period, project, provider, model_id, modality, requests, errors, fallbacks, unpriced,
    cost_nanos, input_units, output_units, estimated)
SELECT period, '', provider, model_id, modality, sum(requests), sum(errors), sum(fallbacks), sum(unpriced),
    sum(cost_nanos), sum(input_units), sum(output_units), sum(estimated)
FROM period_costs GROUP BY period, provider, model_id, modality;
INSERT INTO period_costs (period, project, provider, model_id, modality, requests, errors, fallbacks, unpriced,
    cost_nanos, input_units, output_units, estimated)
SELECT day, '', provider, model_id, modality, sum(requests), sum(errors), sum(fallbacks), sum(unpriced),
    sum(cost_nanos), sum(input_units), sum(output_units), sum(estimated)
FROM daily_costs WHERE day <= (SELECT until FROM rolled) GROUP BY day, provider, model_id, modality;
