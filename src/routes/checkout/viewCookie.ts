/** Lets the buyer's browser see how far its checkout is, and nothing else. */
export const VIEW_COOKIE = "tollgate_view";
export const VIEW_COOKIE_SECONDS = 2 * 24 * 3_600;
