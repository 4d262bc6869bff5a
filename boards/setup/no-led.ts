/** In place of the LED that a board does not have. */
export default undefined
