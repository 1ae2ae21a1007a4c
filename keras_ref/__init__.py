"""The same networks in Keras, and everything that holds the from-scratch code against them."""
