const key = 'reflexarc.host.token';

/**
 * The token of the host that serves this page: from the address, whose fragment no server ever sees, and from which it is
 * removed so that nobody reads it over a shoulder or in the history; afterwards from the tab's own storage, so that a page
 * that is loaded again has it.
 */
export function tokenOfPage(): string | undefined {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get('token');
  if (token === null) return sessionStorage.getItem(key) ?? undefined;
  sessionStorage.setItem(key, token);
  fragment.delete('token');
  const rest = fragment.toString();
  history.replaceState(history.state, '', `${location.pathname}${location.search}${rest && `#${rest}`}`);
  return token;
}
