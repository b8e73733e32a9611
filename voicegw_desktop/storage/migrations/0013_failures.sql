-- What failed, with every other property that it is asked by: rows of another project are passed over in the index.
DROP INDEX requests_by_failure;
CREATE INDEX requests_by_failure ON requests (status, timestamp, project, modality, provider, model_id, key_id)
    WHERE status != 'success';
