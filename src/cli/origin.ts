/** Who runs dbkit from where: DBKIT_ACTOR, and what the common CI systems say of their run. */
import type { Origin } from '../command.ts';
import { ownVersion } from '../config/own-package.ts';

export function readOrigin(env: NodeJS.ProcessEnv): Origin {
  const first = (...names: readonly string[]) =>
    names.map((name) => env[name]).find((value) => value !== undefined && value !== '') ?? null;
  const github =
    env.GITHUB_SERVER_URL !== undefined && env.GITHUB_REPOSITORY !== undefined && env.GITHUB_RUN_ID !== undefined
      ? `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}/actions/runs/${env.GITHUB_RUN_ID}`
      : null;
  return {
    actor: first('DBKIT_ACTOR', 'GITHUB_ACTOR', 'GITLAB_USER_LOGIN', 'BUILDKITE_BUILD_CREATOR', 'CIRCLE_USERNAME'),
    commit: first('GITHUB_SHA', 'CI_COMMIT_SHA', 'BITBUCKET_COMMIT', 'CIRCLE_SHA1', 'BUILDKITE_COMMIT', 'GIT_COMMIT'),
    runUrl: github ?? first('CI_JOB_URL', 'BUILDKITE_BUILD_URL', 'CIRCLE_BUILD_URL', 'BUILD_URL'),
    dbkitVersion: ownVersion(),
  };
}
