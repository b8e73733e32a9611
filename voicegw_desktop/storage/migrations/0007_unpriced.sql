-- What a project's budget does with models of unknown price: allow or block.
ALTER TABLE managed_projects ADD COLUMN unpriced TEXT NOT NULL DEFAULT 'allow';
