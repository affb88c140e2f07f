# nothing yet
/* at
 all */
