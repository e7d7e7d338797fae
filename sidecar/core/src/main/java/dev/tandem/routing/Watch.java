package dev.tandem.routing;

/** One standing look at a namespace's changes. Called on the context that it was opened on. */
public interface Watch {
    /**
     * Tells the listener nothing more until {@link #resume}. Nothing is kept for it in the meantime: it reads on from
     * where it is when it resumes.
     */
    void pause();

    /** Goes on. The listener may be called before this returns. */
    void resume();

    /** Ends it; the listener is told nothing more. Doing so twice does nothing. */
    void cancel();
}
