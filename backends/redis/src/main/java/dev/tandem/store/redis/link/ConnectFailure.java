package dev.tandem.store.redis.link;

/** Why there is no connection to a server, in a sentence for operators. */
final class ConnectFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean lasting;

    /** @param lasting whether it is a matter of settings, so that trying again at the start is in vain */
    ConnectFailure(String message, boolean lasting) {
        super(message, null, false, false);
        this.lasting = lasting;
    }

    boolean isLasting() {
        return lasting;
    }
}
