package dev.tandem.bench;

/** Namespaces beside each other, of which one at a time has its turn. */
interface ManyNamespaces extends Namespaces {
    /** Makes a new one, which has not its turn yet. */
    String another();

    /** Makes it the turn of one that {@link #another} gave. */
    void use(String namespace);

    /** It is needed no longer. */
    void remove(String namespace);
}
