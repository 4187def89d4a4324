import type { Environment } from '../environment.ts';
import type { ParameterName, ParameterValues } from './parameters.ts';
import { isListParameter, parameters } from './parameters.ts';
import { readService } from './service-file.ts';

/**
 * What a connection string says, then the service that it or PGSERVICE names, then PG* variables. That a service stands
 * before the variables was measured with psql: one may expect the opposite. Throws CONFIG_INVALID.
 */
export function collectParameters(explicit: ParameterValues, env: Environment): ParameterValues {
  const service = explicit.service?.[0] || env.PGSERVICE;
  const file = explicit.servicefile?.[0] || env.PGSERVICEFILE || null;
  const fromService = service ? readService(service, file, env) : {};
  const merged: { -readonly [Name in ParameterName]?: readonly string[] } = { ...fromService, ...explicit };
  for (const name of Object.keys(parameters) as ParameterName[]) {
    const { variable } = parameters[name];
    const value = variable === null ? undefined : env[variable];
    if (merged[name] === undefined && value) merged[name] = isListParameter(name) ? value.split(',') : [value];
  }
  return merged;
}
